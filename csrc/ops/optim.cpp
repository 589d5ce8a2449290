#include "ops/optim.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/launch.h"
#include "ops/create.h"

namespace gm::ops {

namespace {

/// Elements of a piece, about, and the most pieces there are (16 for each of 16 workers).
constexpr int64_t kPieceElements = 16 * 1024;
constexpr int64_t kMaxPieces = 256;

/// A list of tensors as flat memory. An array with gaps takes part as a row-major copy, which
/// `write_back` copies home.
class FlatList {
 public:
  FlatList(const char* op, const char* what, const Arrays& arrays) : op_(op), what_(what) {
    items_.resize(arrays.size());
    list_.count = int64_t(arrays.size());
    for (size_t i = 0; i < arrays.size(); ++i) {
      const Array& array = arrays[i];
      check_type(array.dtype() == DType::Float32 || array.dtype() == DType::Float64, op, ": ", what,
                 " ", i, " is ", array.dtype(), ", expected float32 or float64");
      items_[i].dtype = array.dtype();
      items_[i].begin = list_.total;
      items_[i].size = array.numel();
      list_.total += array.numel();
    }
    // An even number: of seven pieces one of two threads would make four.
    const int64_t pairs = (list_.total + 2 * kPieceElements - 1) / (2 * kPieceElements);
    const int64_t pieces = 2 * std::clamp<int64_t>(pairs, 1, kMaxPieces / 2);
    list_.piece = std::max<int64_t>(1, (list_.total + 64 * pieces - 1) / (64 * pieces)) * 64;
    if (!arrays.empty()) device_ = arrays[0].device();
  }

  /// Adds one array per tensor in `field`; null where `arrays` is empty.
  void read(const char* what, const Arrays& arrays, char* UpdateTensor::* field) {
    take(what, arrays, false, [field](UpdateTensor& item) -> char*& { return item.*field; });
  }
  void write(const char* what, const Arrays& arrays, char* UpdateTensor::* field) {
    take(what, arrays, true, [field](UpdateTensor& item) -> char*& { return item.*field; });
  }
  /// The same for the next state; an empty list takes no place.
  void write_state(const char* what, const Arrays& arrays) {
    if (arrays.empty()) return;
    const int s = states_++;
    take(what, arrays, true, [s](UpdateTensor& item) -> char*& { return item.state[s]; });
  }

  const UpdateList& list() {
    list_.tensors = items_.data();
    return list_;
  }
  std::vector<UpdateTensor>& items() { return items_; }
  Device device() const { return device_; }
  void write_back() const {
    for (const auto& [home, copy] : home_) copy_into(home, copy);
  }

 private:
  template <class Field>
  void take(const char* what, const Arrays& arrays, bool writes, Field field) {
    check(arrays.size() == items_.size(), op_, ": ", arrays.size(), " ", what, "s for ",
          items_.size(), " ", what_, "s");
    for (size_t i = 0; i < arrays.size(); ++i) {
      const Array& array = arrays[i];
      check_type(array.dtype() == items_[i].dtype, op_, ": ", what, " ", i, " is ", array.dtype(),
                 ", its ", what_, " is ", items_[i].dtype);
      check(array.numel() == items_[i].size, op_, ": ", what, " ", i, " of shape ", array.shape(),
            " has another size than its ", what_);
      check(array.device() == device_, op_, ": ", what, " ", i, " is on another device");
    }
    for (size_t i = 0; i < arrays.size(); ++i) {
      const Array& array = arrays[i];
      if (writes) mark_written(array, op_);
      if (array.is_contiguous()) {
        field(items_[i]) = array.data();
      } else {
        copies_.push_back(array.copy());
        field(items_[i]) = copies_.back().data();
        if (writes) home_.emplace_back(array, copies_.back());
      }
    }
  }

  const char* op_;
  const char* what_;
  std::vector<UpdateTensor> items_;
  Arrays copies_;
  std::vector<std::pair<Array, Array>> home_;
  UpdateList list_{};
  Device device_;
  int states_ = 0;
};

double read_cell(const Array& given) {
  const Array cell = given.to(Device{});
  return cell.dtype() == DType::Float64 ? *cell.data<double>() : double(*cell.data<float>());
}
void check_cell(const char* op, const char* what, const Array& cell) {
  check(cell.numel() == 1, op, ": ", what, " of shape ", cell.shape(), ", expected one element");
  check_type(cell.dtype() == DType::Float32 || cell.dtype() == DType::Float64, op, ": ", what,
             " is ", cell.dtype(), ", expected float32 or float64");
}
void check_steps(const char* op, const Arrays& steps, const Arrays& params) {
  check(steps.size() == params.size(), op, ": ", steps.size(), " steps for ", params.size(),
        " parameters");
  for (const Array& step : steps) {
    check_cell(op, "step", step);
    mark_written(step, op);
  }
}
/// One more step; its number.
double advance(const Array& step) {
  if (step.dtype() == DType::Float64) return *step.data<double>() += 1;
  return double(*step.data<float>() += 1);
}

}  // namespace

void sgd(const Arrays& params, const Arrays& grads, const Arrays& buffers, const Array& lr,
         SgdRule rule) {
  FlatList flat("sgd", "parameter", params);
  check(rule.momentum == 0 || !buffers.empty() || params.empty(),
        "sgd: momentum needs a buffer for every parameter");
  check_cell("sgd", "lr", lr);
  flat.read("gradient", grads, &UpdateTensor::grad);
  flat.write("parameter", params, &UpdateTensor::param);
  flat.write_state("momentum buffer", buffers);
  const OptimKernels& kernels = optim_table("sgd", flat.device());
  launch(
      "sgd", flat.device(),
      [rule, kernel = kernels.sgd](FlatList& flat, const Array& lr, auto&&...) {
        SgdRule now = rule;
        now.lr = read_cell(lr);
        kernel(flat.list(), now);
      },
      flat, lr, params, grads, buffers);
  flat.write_back();
}

void adam(const Arrays& params, const Arrays& grads, const Arrays& means, const Arrays& squares,
          const Arrays& maximums, const Arrays& steps, const Array& lr, AdamRule rule) {
  FlatList flat("adam", "parameter", params);
  check(!rule.amsgrad || !maximums.empty() || params.empty(),
        "adam: amsgrad needs a maximum for every parameter");
  check_cell("adam", "lr", lr);
  flat.read("gradient", grads, &UpdateTensor::grad);
  check_steps("adam", steps, params);
  flat.write("parameter", params, &UpdateTensor::param);
  flat.write_state("mean", means);
  flat.write_state("mean square", squares);
  flat.write_state("maximum", maximums);
  const OptimKernels& kernels = optim_table("adam", flat.device());
  launch(
      "adam", flat.device(),
      [rule, kernel = kernels.adam](FlatList& flat, const Array& lr, const Arrays& steps,
                                    auto&&...) {
        AdamRule now = rule;
        now.lr = read_cell(lr);
        for (size_t i = 0; i < steps.size(); ++i) {
          const double t = advance(steps[i]);
          flat.items()[i].step = now.lr / (1 - std::pow(now.beta1, t));
          flat.items()[i].root = 1 / std::sqrt(1 - std::pow(now.beta2, t));
        }
        kernel(flat.list(), now);
      },
      flat, lr, steps, params, grads, means, squares, maximums);
  flat.write_back();
}

void rmsprop(const Arrays& params, const Arrays& grads, const Arrays& squares,
             const Arrays& buffers, const Arrays& means, const Arrays& steps, const Array& lr,
             RmspropRule rule) {
  FlatList flat("rmsprop", "parameter", params);
  check(rule.momentum == 0 || !buffers.empty() || params.empty(),
        "rmsprop: momentum needs a buffer for every parameter");
  check(!rule.centered || !means.empty() || params.empty(),
        "rmsprop: centered needs a mean for every parameter");
  check_cell("rmsprop", "lr", lr);
  flat.read("gradient", grads, &UpdateTensor::grad);
  check_steps("rmsprop", steps, params);
  flat.write("parameter", params, &UpdateTensor::param);
  flat.write_state("mean square", squares);
  flat.write_state("momentum buffer", buffers);
  flat.write_state("mean", means);
  const OptimKernels& kernels = optim_table("rmsprop", flat.device());
  launch(
      "rmsprop", flat.device(),
      [rule, kernel = kernels.rmsprop](FlatList& flat, const Array& lr, const Arrays& steps,
                                       auto&&...) {
        RmspropRule now = rule;
        now.lr = read_cell(lr);
        for (const Array& step : steps) advance(step);
        kernel(flat.list(), now);
      },
      flat, lr, steps, params, grads, squares, buffers, means);
  flat.write_back();
}

Array total_norm(const Arrays& arrays, double p) {
  check(p > 0, "total_norm: norm_type ", p, ", expected a positive number or infinity");
  FlatList flat("total_norm", "array", arrays);
  flat.read("array", arrays, &UpdateTensor::grad);
  DType dtype = DType::Float32;
  for (const Array& array : arrays) dtype = promote(dtype, array.dtype());
  const Array norm = Array::empty(Shape{}, dtype, flat.device());
  const int64_t pieces = (flat.list().total + flat.list().piece - 1) / flat.list().piece;
  const Array partials = Array::empty(Shape{pieces}, DType::Float64, flat.device());
  const NormKind kind = p == 1          ? NormKind::Sum
                        : p == 2        ? NormKind::Squares
                        : std::isinf(p) ? NormKind::Maximum
                                        : NormKind::Power;
  const OptimKernels& kernels = optim_table("total_norm", flat.device());
  const auto add_up = [=, kernel = kernels.norm](FlatList& flat, const Array& partials,
                                                 const Array& norm, auto&&...) {
    kernel(flat.list(), kind, p, partials.address<double>());
    const Array home = partials.to(Device{});
    const double* part = home.data<double>();
    double sum = 0;
    for (int64_t i = 0; i < pieces; ++i) {
      if (kind != NormKind::Maximum)
        sum += part[i];
      else if (!(part[i] <= sum))
        sum = part[i];  // NaN passes the test, and stays below
      if (std::isnan(sum)) break;
    }
    if (kind == NormKind::Squares) sum = std::sqrt(sum);
    if (kind == NormKind::Power) sum = std::pow(sum, 1 / p);
    if (norm.device().type != DeviceType::Cpu)
      write_over("total_norm", norm, sum);
    else if (dtype == DType::Float64)
      *norm.data<double>() = sum;
    else
      *norm.data<float>() = float(sum);
  };
  launch("total_norm", flat.device(), add_up, flat, partials, norm, arrays);
  return norm;
}

void clip_to_norm(const Arrays& arrays, const Array& norm, double max_norm) {
  FlatList flat("clip_to_norm", "array", arrays);
  check_cell("clip_to_norm", "norm", norm);
  flat.write("array", arrays, &UpdateTensor::grad);
  const OptimKernels& kernels = optim_table("clip_to_norm", flat.device());
  launch(
      "clip_to_norm", flat.device(),
      [max_norm, kernel = kernels.scale](FlatList& flat, const Array& norm, auto&&...) {
        const double factor = max_norm / (read_cell(norm) + 1e-6);
        if (factor >= 1) return;  // multiplying by 1 changes nothing
        kernel(flat.list(), factor);
      },
      flat, norm, arrays);
  flat.write_back();
}

void clip_to_range(const Arrays& arrays, double low, double high) {
  FlatList flat("clip_to_range", "array", arrays);
  flat.write("array", arrays, &UpdateTensor::grad);
  const OptimKernels& kernels = optim_table("clip_to_range", flat.device());
  launch(
      "clip_to_range", flat.device(),
      [low, high, kernel = kernels.clamp](FlatList& flat, auto&&...) {
        kernel(flat.list(), low, high);
      },
      flat, arrays);
  flat.write_back();
}

}  // namespace gm::ops
