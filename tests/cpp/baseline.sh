#!/bin/sh
# baseline.sh OBJDUMP OBJECT…: fails if an object holds an AVX (VEX or EVEX) instruction, which a CPU
# of x86-64-v2 cannot run. Given the objects outside the per-ISA ones, and those of v2.
objdump=$1
shift
[ $# -gt 0 ] || { echo "no objects were given to look at"; exit 1; }
# Of its output: "address:<tab>mnemonic operands"; all VEX mnemonics begin with v, none of v2's do.
found=$("$objdump" -d --no-show-raw-insn "$@" | grep -E -m 5 '^ *[0-9a-f]+:	v[a-z]|%[yz]mm')
if [ -n "$found" ]; then
  echo "AVX instructions in objects of the baseline, such as:"
  echo "$found"
  exit 1
fi
echo "$# objects of the baseline hold no AVX instruction"
