"""Extension objects, made here without an application and bound to one in create_app."""

from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sock import Sock
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from vberatung.db import Base
from vberatung.jobs.runner import Jobs
from vberatung.room.hub import MemoryHub

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
csrf = CSRFProtect()
login_manager = LoginManager()
babel = Babel()
htmx = Htmx()
sock = Sock()
compress = Compress()
jobs = Jobs()
hub = MemoryHub()
