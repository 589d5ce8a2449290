#!/usr/bin/env bash
# Cross-compiles libgemmule and its C++ tests for aarch64 and runs them under qemu-user: the NEON
# kernels, to the error bounds of the others. Usage: tools/arm.sh [build folder]
#
# Debian and Ubuntu: apt-get install g++-aarch64-linux-gnu qemu-user cmake ninja-build
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build-arm}
cmake -S . -B "$build" -G Ninja -DGEMMULE_PYTHON=OFF \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
  -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-aarch64;-L;/usr/aarch64-linux-gnu"
cmake --build "$build" --parallel 2
ctest --test-dir "$build" --output-on-failure
