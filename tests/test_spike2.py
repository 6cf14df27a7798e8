
from tests.support import databases
from tests.support.cast import *
from sqlalchemy.orm import Session
import time
def test_show(app, browser) -> None:
    e=databases.engine_of(app)
    for i in range(4):
        t0=time.perf_counter(); databases.wipe(e)
        t1=time.perf_counter()
        with Session(e) as s:
            make_cast(s); s.commit()
        t2=time.perf_counter()
        browser.get("/musterstadt/termin?topic=weiterbildung&channel=video")
        t3=time.perf_counter()
        print(f"wipe {t1-t0:.4f} cast {t2-t1:.4f} page {t3-t2:.4f}")
