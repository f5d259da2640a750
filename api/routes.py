"""Every endpoint of the client API, in one list."""

from __future__ import annotations

from quart import Blueprint

from api import (
    absent,
    accounts,
    announcements,
    annual_reports,
    apps,
    bookmarks,
    collections,
    conversations,
    custom_emojis,
    domain_blocks,
    endorsements,
    favourites,
    featured_tags,
    filters,
    filters_v1,
    follow_requests,
    followed_tags,
    grouped_notifications,
    history,
    instance,
    lists,
    markers,
    media,
    notification_requests,
    notifications,
    oauth,
    pins,
    polls,
    profile,
    push,
    quotes,
    relations,
    reports,
    scheduled_statuses,
    search,
    status_actions,
    statuses,
    streaming,
    suggestions,
    tags,
    thread_mutes,
    timelines,
    trends,
)
from api.consilium import claims as consilium_claims
from api.consilium import colleagues as consilium_colleagues
from api.consilium import credential_offers as consilium_offers
from api.consilium import deciding as consilium_deciding
from api.consilium import directory as consilium_directory
from api.consilium import map as consilium_map
from api.consilium import openapi as consilium_openapi
from api.consilium import practice as consilium_practice
from api.consilium import reactions as consilium_reactions
from api.consilium import timelines as consilium_timelines
from api.limits import Limits
from api.routing import Route, make_blueprint
from api.services import Services
from api.stream_socket import socket_blueprint

TABLES: dict[str, tuple[Route, ...]] = {
    "api_oauth": oauth.ROUTES,
    "api_apps": apps.ROUTES,
    "api_instance": instance.ROUTES,
    "api_accounts": accounts.ROUTES,
    "api_profile": profile.ROUTES,
    "api_relations": relations.ROUTES,
    "api_follow_requests": follow_requests.ROUTES,
    "api_lists": lists.ROUTES,
    "api_filters": filters.ROUTES,
    "api_filters_v1": filters_v1.ROUTES,
    "api_followed_tags": followed_tags.ROUTES,
    "api_featured_tags": featured_tags.ROUTES,
    "api_endorsements": endorsements.ROUTES,
    "api_domain_blocks": domain_blocks.ROUTES,
    "api_suggestions": suggestions.ROUTES,
    "api_search": search.ROUTES,
    "api_statuses": statuses.ROUTES,
    "api_status_actions": status_actions.ROUTES,
    "api_history": history.ROUTES,
    "api_bookmarks": bookmarks.ROUTES,
    "api_thread_mutes": thread_mutes.ROUTES,
    "api_scheduled_statuses": scheduled_statuses.ROUTES,
    "api_quotes": quotes.ROUTES,
    "api_conversations": conversations.ROUTES,
    "api_pins": pins.ROUTES,
    "api_reports": reports.ROUTES,
    "api_favourites": favourites.ROUTES,
    "api_polls": polls.ROUTES,
    "api_timelines": timelines.ROUTES,
    "api_notifications": notifications.ROUTES,
    "api_grouped_notifications": grouped_notifications.ROUTES,
    "api_notification_requests": notification_requests.ROUTES,
    "api_push": push.ROUTES,
    "api_media": media.ROUTES,
    "api_markers": markers.ROUTES,
    "api_tags": tags.ROUTES,
    "api_trends": trends.ROUTES,
    "api_custom_emojis": custom_emojis.ROUTES,
    "api_collections": collections.ROUTES,
    "api_announcements": announcements.ROUTES,
    "api_annual_reports": annual_reports.ROUTES,
    "api_streaming": streaming.ROUTES,
    "api_consilium_offers": consilium_offers.ROUTES,
    "api_consilium_claims": consilium_claims.ROUTES,
    "api_consilium_colleagues": consilium_colleagues.ROUTES,
    "api_consilium_deciding": consilium_deciding.ROUTES,
    "api_consilium_map": consilium_map.ROUTES,
    "api_consilium_directory": consilium_directory.ROUTES,
    "api_consilium_openapi": consilium_openapi.ROUTES,
    "api_consilium_practice": consilium_practice.ROUTES,
    "api_consilium_reactions": consilium_reactions.ROUTES,
    "api_consilium_timelines": consilium_timelines.ROUTES,
    "api_rest": absent.NO_ENDPOINT,
}


def api_blueprints(services: Services, limits: Limits) -> list[Blueprint]:
    """Make the blueprints of the client API; `limits` are the counters of this process."""
    made = [make_blueprint(name, services, limits, routes) for name, routes in TABLES.items()]
    return [*made, socket_blueprint(services, limits)]
