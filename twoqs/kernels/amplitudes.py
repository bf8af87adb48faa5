"""Complex amplitudes of a row of trajectories as one value, calculated with as whole vectors.

Two trajectories make a complex number: of the GROUP lanes of a row, those of the first half are
real parts, the others imaginary parts. So few make no loop: it would be unrolled into scalars.
"""

from __future__ import annotations

import operator

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from twoqs.kernels.moments import GROUP

REAL, IMAG = list(range(GROUP // 2)), list(range(GROUP // 2, GROUP))

DOUBLE = ir.DoubleType()
VECTOR = ir.VectorType(DOUBLE, GROUP)


class Amplitudes(types.Type):
    """The type of a row of amplitudes in kernels."""


amplitudes = Amplitudes("Amplitudes")


@register_model(Amplitudes)
class VectorModel(models.PrimitiveModel):
    """A row is a vector of GROUP numbers, in as many registers as the processor needs."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


def select(builder, first, second, lanes):
    """The given lanes of two vectors, those of the second counted on from those of the first."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(first, second, mask)


def pointer(context, builder, array_type, array, row):
    """Address of a row of GROUP numbers, in an array of any shape."""
    data = context.make_array(array_type)(context, builder, array).data
    number = builder.gep(data, [builder.mul(row, row.type(GROUP))])
    real = context.get_data_type(array_type.dtype)
    return builder.bitcast(number, ir.VectorType(real, GROUP).as_pointer())


def check_rows(array, *numbers):
    """Refuse arrays that do not consist of rows of such numbers: pointers know no better."""
    rows = isinstance(array, types.Array) and array.layout == "C" and array.dtype in numbers
    if not rows:
        raise TypingError("amplitudes are rows of contiguous arrays of real numbers")


@intrinsic
def load_row(typing, array, row):
    """Amplitudes from a row of an array of either precision."""
    check_rows(array, types.float32, types.float64)

    def generate(context, builder, signature, arguments):
        address = pointer(context, builder, array, *arguments)
        value = builder.load(address, align=array.dtype.bitwidth // 8)
        return value if array.dtype == types.float64 else builder.fpext(value, VECTOR)

    return amplitudes(array, types.intp), generate


@intrinsic
def load_halves(typing, array, real, imag):
    """Amplitudes from half rows of an array of doubles: numbers of those of the two parts."""
    check_rows(array, types.float64)

    def generate(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        half = ir.VectorType(DOUBLE, GROUP // 2)
        parts = []
        for number in arguments[1:]:
            start = builder.gep(data, [builder.mul(number, number.type(GROUP // 2))])
            parts.append(builder.load(builder.bitcast(start, half.as_pointer()), align=8))
        return select(builder, *parts, REAL + IMAG)

    return amplitudes(array, types.intp, types.intp), generate


@intrinsic
def store_row(typing, array, row, value):
    """Amplitudes to a row of an array of doubles."""
    check_rows(array, types.float64)

    def generate(context, builder, signature, arguments):
        address = pointer(context, builder, array, *arguments[:2])
        builder.store(arguments[2], address, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, amplitudes), generate


@intrinsic
def add_to_row(typing, array, row, value):
    """Amplitudes added to a row of an array of either precision."""
    check_rows(array, types.float32, types.float64)

    def generate(context, builder, signature, arguments):
        address, align = pointer(context, builder, array, *arguments[:2]), array.dtype.bitwidth // 8
        before, value = builder.load(address, align=align), arguments[2]
        if array.dtype != types.float64:
            value = builder.fptrunc(value, before.type)
        builder.store(builder.fadd(before, value), address, align=align)
        return context.get_dummy_value()

    return types.void(array, types.intp, amplitudes), generate


@intrinsic
def norm(typing, value):
    """Sum of the squared moduli."""

    def generate(context, builder, signature, arguments):
        square = builder.fmul(arguments[0], arguments[0])
        squares = builder.fadd(*(select(builder, square, square, part) for part in (REAL, IMAG)))
        kind = ir.FunctionType(DOUBLE, [DOUBLE, squares.type])
        name = f"llvm.vector.reduce.fadd.v{len(REAL)}f64"
        total = builder.module.declare_intrinsic(name, (), kind)
        return builder.call(total, [DOUBLE(0.0), squares], fastmath=("reassoc", "nsz"))

    return types.float64(value), generate


@intrinsic
def times_conjugate(typing, one, other):
    """one^* other."""

    def generate(context, builder, signature, arguments):
        one, other = arguments
        real, imag = (select(builder, one, one, part + part) for part in (REAL, IMAG))
        turned = select(builder, other, builder.fneg(other), IMAG + [GROUP + n for n in REAL])
        return builder.fadd(builder.fmul(real, other), builder.fmul(imag, turned))

    return one(one, other), generate


@intrinsic
def conjugated(typing, value):
    """The complex conjugated."""

    def generate(context, builder, signature, arguments):
        plus, minus = arguments[0], builder.fneg(arguments[0])
        return select(builder, plus, minus, REAL + [GROUP + lane for lane in IMAG])

    return value(value), generate


@intrinsic
def times_i(typing, value):
    """The value times the imaginary unit."""

    def generate(context, builder, signature, arguments):
        plus, minus = arguments[0], builder.fneg(arguments[0])
        return select(builder, plus, minus, [GROUP + lane for lane in IMAG] + REAL)

    return value(value), generate


def operation(symbol, left, right):
    """Let kernels write `symbol` between numbers of two types."""

    def register(generate):
        @type_callable(symbol)
        def typer_of(context):
            return lambda a, b: amplitudes if (a, b) == (left, right) else None

        @lower_builtin(symbol, left, right)
        def lower(context, builder, signature, arguments):
            return generate(builder, *arguments)

        return generate

    return register


@operation(operator.add, amplitudes, amplitudes)
def _(builder, a, b):
    return builder.fadd(a, b)


@operation(operator.sub, amplitudes, amplitudes)
def _(builder, a, b):
    return builder.fsub(a, b)


@operation(operator.mul, types.float64, amplitudes)
def _(builder, a, b):
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), a, ir.IntType(32)(0))
    return builder.fmul(select(builder, one, one, [0] * GROUP), b)
