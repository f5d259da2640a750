
from pictures import encoded, picture
from test_walk import check_access, OVERFLOW, SMALL
P = {"name": "trace.png", "mimeType": "image/png", "buffer": encoded(picture(), "PNG")}
import pytest
from browsing import Watch
@pytest.mark.parametrize("width,scheme,lang", [(360,"light","en"),(1280,"dark","fr"),(320,"light","fr")])
def test_looks(visit, anne, instance, scene, width, scheme, lang):
    c = visit(state=anne, width=width, scheme=scheme)
    c.add_cookies([{"name":"lang","value":lang,"url":instance.base_url}])
    watch = Watch()
    page = watch.over(c.new_page())
    t = instance.cli("token", "a.martin")
    from datetime import datetime, timedelta, UTC
    instance.api("POST", "/api/v1/statuses", t, status="Plus tard "*20, scheduled_at=(datetime.now(UTC)+timedelta(days=2)).isoformat(), poll={"options":["a","b"],"expires_in":600})
    bad = []
    for name, path in {"compose": "/compose", "answer": f"/compose?answer={scene.answer.rpartition('/')[2]}", "quote": f"/compose?quote={scene.public.rpartition('/')[2]}", "edit": scene.thread+"/edit", "history": scene.edited+"/history", "scheduled":"/scheduled", "thread": scene.thread}.items():
        a = page.goto(path)
        assert a.status == 200, path
        if name == "compose":
            page.locator(".tool-picture > summary").click()
            page.set_input_files("#file", [P, P])
            page.locator(".attached").nth(1).wait_for()
        if page.evaluate(OVERFLOW) > 0: bad.append(f"{name} wide")
        bad += [f"{name} {x}" for x in page.evaluate(SMALL)]
        try:
            check_access(page, name)
        except AssertionError as e:
            bad.append(str(e)[:1500])
        if page.evaluate(OVERFLOW) > 0: bad.append(f"{name} wide open")
        bad += [f"{name} open {x}" for x in page.evaluate(SMALL)]
        page.screenshot(path=f"/tmp/shots/d-{name}-{width}.png", full_page=True)
    print("\n".join(bad), watch.complaints, watch.hosts)
    assert bad == [] and watch.complaints == []
