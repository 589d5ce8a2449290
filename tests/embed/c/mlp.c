/* A multilayer perceptron's forward pass in C: packed weights, fused activations, one workspace.
 * Prints the class of each input. */
#include <gemmule/gemmule.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 4, INPUTS = 16, HIDDEN = 32, CLASSES = 3 };

static void check(gemmule_status status) {
  if (status == GEMMULE_OK) return;
  fprintf(stderr, "%s\n", gemmule_last_error());
  exit(1);
}

/* A float32 matrix (or a vector, where columns is 0) over memory of the caller. */
static gemmule_tensor tensor(void* data, int64_t shape[2], int ndim) {
  gemmule_tensor t = {0};
  t.data = data;
  t.device.device_type = 1;
  t.ndim = ndim;
  t.dtype.code = GEMMULE_FLOAT;
  t.dtype.bits = 32;
  t.dtype.lanes = 1;
  t.shape = shape;
  return t;
}

/* Something to compute with: the same numbers in every run. */
static void fill(float* values, int count, unsigned seed) {
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / 16777216.0f - 0.5f;
  }
}

int main(void) {
  static float x[BATCH * INPUTS], w1[HIDDEN * INPUTS], b1[HIDDEN], w2[CLASSES * HIDDEN],
      b2[CLASSES];
  static float hidden[BATCH * HIDDEN], logits[BATCH * CLASSES], probabilities[BATCH * CLASSES];
  fill(x, BATCH * INPUTS, 1);
  fill(w1, HIDDEN * INPUTS, 2);
  fill(b1, HIDDEN, 3);
  fill(w2, CLASSES * HIDDEN, 4);
  fill(b2, CLASSES, 5);

  int64_t x_shape[] = {BATCH, INPUTS}, w1_shape[] = {HIDDEN, INPUTS}, b1_shape[] = {HIDDEN, 0};
  int64_t w2_shape[] = {CLASSES, HIDDEN}, b2_shape[] = {CLASSES, 0};
  int64_t hidden_shape[] = {BATCH, HIDDEN}, out_shape[] = {BATCH, CLASSES};
  gemmule_tensor tx = tensor(x, x_shape, 2), th = tensor(hidden, hidden_shape, 2);
  gemmule_tensor tl = tensor(logits, out_shape, 2), tp = tensor(probabilities, out_shape, 2);
  gemmule_tensor tw1 = tensor(w1, w1_shape, 2), tb1 = tensor(b1, b1_shape, 1);
  gemmule_tensor tw2 = tensor(w2, w2_shape, 2), tb2 = tensor(b2, b2_shape, 1);

  check(gemmule_require_abi(GEMMULE_ABI_VERSION));
  gemmule_packed_linear *layer1, *layer2;
  check(gemmule_linear_pack(&tw1, &tb1, &layer1));
  check(gemmule_linear_pack(&tw2, &tb2, &layer2));
  const gemmule_activation gelu = {sizeof gelu, GEMMULE_GELU, 0, 0, 0};

  /* How much the largest of the three calls needs, and then the calls. */
  gemmule_workspace ws = {sizeof ws, NULL, 0};
  size_t most = 1;
  for (int pass = 0; pass < 2; ++pass) {
    check(gemmule_linear_packed(&tx, layer1, &gelu, &th, &ws));
    if (ws.bytes > most) most = ws.bytes;
    check(gemmule_linear_packed(&th, layer2, NULL, &tl, &ws));
    if (ws.bytes > most) most = ws.bytes;
    check(gemmule_softmax(&tl, 1, &tp, &ws));
    if (ws.bytes > most) most = ws.bytes;
    if (pass == 0) ws.data = malloc(most), ws.bytes = most;
  }

  for (int i = 0; i < BATCH; ++i) {
    const float* p = probabilities + i * CLASSES;
    int best = 0;
    for (int c = 1; c < CLASSES; ++c)
      if (p[c] > p[best]) best = c;
    printf("input %d: class %d, probabilities %.6f %.6f %.6f\n", i, best, p[0], p[1], p[2]);
  }
  free(ws.data);
  gemmule_packed_linear_free(layer1);
  gemmule_packed_linear_free(layer2);
  return 0;
}
