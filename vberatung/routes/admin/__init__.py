"""The office's own settings: for its administrators, a 404 for everybody else."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_login import current_user, login_required

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def admin_required(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        if not current_user.admin:
            abort(404)
        return view(*args, **kwargs)

    return login_required(guarded)  # type: ignore[no-any-return]
