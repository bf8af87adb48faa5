"""From operators to arrays over numbered spins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twoqs.errors import require
from twoqs.model.language.jumps import AnyJump, checked_jumps, require_distinct_labels
from twoqs.model.language.lower_hamiltonian import hamiltonian_pieces
from twoqs.model.language.lower_jumps import (
    channel_pieces,
    jump_pieces,
    require_fixed_form,
)
from twoqs.model.language.members import Member
from twoqs.model.language.names import meant
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Parameter, merged, values_of
from twoqs.model.language.pieces import ChannelPiece, LocalJumps, MemberJumps, Pieces
from twoqs.model.language.pulses import Pulse


def lower(
    members: Sequence[Member],
    hamiltonian: Operator | None = None,
    jumps: Iterable[Any] = (),
    values: Mapping[str, float] | None = None,
) -> Pieces:
    """The model as arrays over numbered spins.

    Args:
        members: in the order of their spins; all that operators act on.
        hamiltonian: H, Hermitian; None for none.
        jumps: what `jump` and `collapse` return.
        values: of parameters, by name; others have their own value.

    Raises:
        ArgumentError: if H is not Hermitian (it shows the part that is not), for operators of other
            members, for values of unknown parameters, and for rates that are negative.
    """
    numbering = Numbering.of(members)
    listed = checked_jumps(jumps)
    given = checked_model(numbering, hamiltonian, listed, values)
    found = [piece for one in listed for piece in jump_pieces(numbering, one, given)]
    return Pieces(
        numbering.spins,
        numbering.kinds,
        () if hamiltonian is None else hamiltonian_pieces(numbering, hamiltonian, given),
        tuple(piece for piece in found if isinstance(piece, LocalJumps)),
        tuple(piece for piece in found if isinstance(piece, ChannelPiece)),
        tuple(piece for piece in found if isinstance(piece, MemberJumps)),
    )


def lower_channels(
    members: Sequence[Member], jumps: Sequence[AnyJump]
) -> list[list[tuple[int | None, ChannelPiece]]]:
    """The channels of each of some jumps, see `channel_pieces`.

    Raises:
        ArgumentError: for jumps that have no field of their own.
    """
    numbering = Numbering.of(members)
    values = checked_model(numbering, None, jumps, None)
    return [list(channel_pieces(numbering, one, values)) for one in jumps]


def require_hermitian(operator: Operator, argument: str) -> None:
    """Refuse an operator that is not Hermitian.

    Raises:
        ArgumentError: showing the part that is not.
    """
    wrong = operator.anti_hermitian_part
    require(not wrong.terms, argument, "be Hermitian (this part is not)", wrong)


def checked_model(
    numbering: Numbering,
    hamiltonian: Operator | None,
    jumps: Sequence[AnyJump],
    values: Mapping[str, float] | None,
) -> dict[str, float | Pulse]:
    """The value of every parameter of a model, after a look at the whole of it.

    Raises:
        ArgumentError: as `lower` says.
    """
    require_distinct_labels(jumps)
    operators = [] if hamiltonian is None else [hamiltonian]
    for operator in operators:
        require(isinstance(operator, Operator), "hamiltonian", "be an operator", operator)
        require_hermitian(operator, "hamiltonian")
        numbering.require_own(operator, "hamiltonian")
    for i, one in enumerate(jumps):
        for operator in one.operators:
            numbering.require_own(operator, f"jumps[{i}]")
            operators.append(operator)
    parameters: Mapping[str, Parameter] = {}
    for found in (*(o.parameters for o in operators), *(one.rate.parameters for one in jumps)):
        parameters = merged(parameters, found)
    for name in {} if values is None else values:
        hint = meant(str(name), parameters)
        require(name in parameters, "values", f"name parameters of the model{hint}", name)
    chosen = values_of(parameters, values)
    for i, one in enumerate(jumps):
        require_fixed_form(one, f"jumps[{i}]", chosen)
    return chosen
