// Normalisation: of rows (layer, rms, group, instance) and of channels over a batch (batch norm).
#pragma once

#include "kernels/table.h"

namespace gm {

/// Rows of `channels`·`span` consecutive elements, each normalised by itself. Element (c, s) of row
/// r has the weight and bias of channel (r mod groups)·channels + c.
///
///   layer, rms norm of n features   groups 1, channels n, span 1
///   group norm, input (N, C, S)     groups G, channels C/G, span S; N·G rows
///   instance norm                   groups C, channels 1, span S; N·C rows
struct RowNormArgs {
  DType dtype;  ///< Float32 or Float64, of everything
  int64_t rows, groups, channels, span;
  double eps;
  bool centered;                  ///< subtract the mean; rms norm does not
  const char *x, *weight, *bias;  ///< weight and bias may be null
  char* y;
  char *mean, *rstd;  ///< one a row: written forward, read backward; mean null if not centered
  const char* g;      ///< gradient of y
  char *dx, *dweight, *dbias;  ///< each may be null: not wanted
};

/// x (batch, channels, span): each channel normalised over batch and span.
struct BatchNormArgs {
  DType dtype;
  int64_t batch, channels, span;
  double eps, momentum;
  bool training;  ///< statistics of x, else of running_mean and running_var
  const char *x, *weight, *bias;
  char* y;
  char *running_mean, *running_var;  ///< updated in training where not null
  char *mean, *rstd;                 ///< one a channel: written forward, read backward
  const char* g;
  char *dx, *dweight, *dbias;
};

struct NormKernels {
  void (*row_forward)(const RowNormArgs&);
  /// Bytes of workspace of row_backward: partial sums of dweight and dbias.
  int64_t (*row_workspace)(const RowNormArgs&);
  void (*row_backward)(const RowNormArgs&, void* workspace);
  void (*batch_forward)(const BatchNormArgs&);
  void (*batch_backward)(const BatchNormArgs&);
};

GM_DEVICE_KERNEL_TABLE(NormKernels, norm)

}  // namespace gm
