#include "ops/create.h"

#include "core/error.h"
#include "core/launch.h"

namespace gm::ops {

Array empty(const Shape& shape, DType dtype) { return Array::empty(shape, dtype); }

Array zeros(const Shape& shape, DType dtype) {
  Array out = Array::empty(shape, dtype);
  fill(out, Operand(int64_t(0)));
  return out;
}

Array full(const Shape& shape, const Operand& value, const std::optional<DType>& dtype) {
  Array out = Array::empty(shape, dtype ? *dtype : value.alone());
  check(!value.is_array() || value.array().rank() == 0,
        "full: the value must be a scalar, got shape ", value.shape());
  fill(out, value);
  return out;
}

void fill(const Array& target, const Operand& value) {
  Array source = value.is_array() ? value.array() : Array::empty({}, target.dtype());
  if (!value.is_array()) value.write("fill", target.dtype(), source.data());
  source = source.broadcast_to("fill", target.shape());
  if (may_overlap(source, target)) source = source.copy();
  launch("fill", target.device(), [&] { copy_into(target, source); });
}

}  // namespace gm::ops
