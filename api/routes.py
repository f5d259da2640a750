"""Every endpoint of the client API, in one list."""

from __future__ import annotations

from quart import Blueprint

from api import (
    absent,
    accounts,
    apps,
    favourites,
    follow_requests,
    instance,
    markers,
    notifications,
    oauth,
    pins,
    polls,
    profile,
    relations,
    reports,
    search,
    status_actions,
    statuses,
    tags,
    timelines,
)
from api.consilium import reactions as consilium_reactions
from api.consilium import timelines as consilium_timelines
from api.limits import Limits
from api.routing import Route, make_blueprint
from api.services import Services

TABLES: dict[str, tuple[Route, ...]] = {
    "api_oauth": oauth.ROUTES,
    "api_apps": apps.ROUTES,
    "api_instance": instance.ROUTES,
    "api_accounts": accounts.ROUTES,
    "api_profile": profile.ROUTES,
    "api_relations": relations.ROUTES,
    "api_follow_requests": follow_requests.ROUTES,
    "api_search": search.ROUTES,
    "api_statuses": statuses.ROUTES,
    "api_status_actions": status_actions.ROUTES,
    "api_pins": pins.ROUTES,
    "api_reports": reports.ROUTES,
    "api_favourites": favourites.ROUTES,
    "api_polls": polls.ROUTES,
    "api_timelines": timelines.ROUTES,
    "api_notifications": notifications.ROUTES,
    "api_markers": markers.ROUTES,
    "api_tags": tags.ROUTES,
    "api_consilium_reactions": consilium_reactions.ROUTES,
    "api_consilium_timelines": consilium_timelines.ROUTES,
    "api_absent": absent.ROUTES,
    "api_rest": absent.NO_ENDPOINT,
}


def api_blueprints(services: Services, limits: Limits) -> list[Blueprint]:
    """Make the blueprints of the client API; `limits` are the counters of this process."""
    return [make_blueprint(name, services, limits, routes) for name, routes in TABLES.items()]
