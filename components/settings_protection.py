"""What a stack is guarded by against changes that nobody meant."""

from __future__ import annotations

from components.validation import Model


class Protection(Model):
    """Guards against changes that nobody meant; both are off by default.

    With ``confirm`` `make up`, `make down` and every other command that changes the stack, besides
    a rollback, want the stack's name typed, or given as `CONFIRM=<stack>`. With ``resources`` no
    run deletes or replaces the services' namespace, a StatefulSet or a volume of its own.
    """

    confirm: bool = False
    resources: bool = False
