
import pytest, json
from config.tests.access_addresses import all_addresses, admin_paths, path_of
from config.tests.access_people import *
from config.tests.access_requests import send
@pytest.mark.django_db(transaction=True)
def test_d(school):
    people = make_people(school)
    rows = make_rows(school)
    out = open("/tmp/access_actual.txt", "w")
    contents = open("/tmp/access_contents.jsonl", "w")
    b = {k: browser_of(None if k == "p" else v) for k, v in people.items()}
    t = {k: bearer_of(v) for k, v in people.items()}
    print(people, file=out)
    def code(a):
        if a.is_sign_in: return "si"
        if a.leads_away: return "->" + a.location
        return str(a.status)
    paths = [(a.name, path_of(a, school, rows), a.is_api) for a in all_addresses()] + [("admin", p, False) for p in admin_paths()]
    for name, path, is_api in paths:
        clients = t if is_api else {**b, "p": t["p"]}
        for method in ("get", "post", *(("put", "patch", "delete") if is_api else ())):
            res = {}
            for k, c in clients.items():
                try:
                    a = send(c, method, path, **({"data": {}, "format": "json"} if is_api and method != "get" else {}))
                    res[k] = code(a)
                    if method == "get" and a.status == 200:
                        contents.write(json.dumps([name, path, k, a.text]) + "\n")
                    if a.written: res[k] += "w" + ",".join(sorted(a.written))
                except Exception as e:
                    res[k] = "EXC " + repr(e)[:200]
            if set(res.values()) != {"405"}:
                groups = {}
                for k, v in res.items(): groups.setdefault(v, []).append(k)
                print(name, path if method == "get" else "", method.upper(), "  ".join("".join(ks) + "=" + v for v, ks in groups.items()), file=out, flush=True)
