#!/bin/sh
# Compiles relay.bpf.c (clang 14 and later, llvm, libbpf-dev) and writes its bytecode as bytecode.h, which is committed: who installs or
# builds the relay needs no clang. With --check: says whether bytecode.h is that of the source, for the clang it names.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang -O2 -g0 -Wall -Werror -target bpf -mcpu=v3 -I/usr/include/"$(uname -m)"-linux-gnu -c relay.bpf.c -o "$work/relay.o"
llvm-objcopy -O binary --only-section=tc "$work/relay.o" "$work/relay.bin"
{
  echo '// Made by build.sh from relay.bpf.c: do not edit.'
  echo "// $(clang --version | head -n 1 | sed 's/.*\(clang version [0-9]*\).*/\1/')"
  echo '#pragma once'
  echo '#include <cstdint>'
  echo
  echo 'namespace relay {'
  echo
  echo '// Little-endian instructions of eight bytes each.'
  echo 'alignas(8) constexpr uint8_t BYTECODE[] = {'
  od -An -v -tx1 -w24 "$work/relay.bin" | sed 's/ \(..\)/0x\1,/g'
  echo '};'
  echo '// Which instructions load the map: its descriptor is written into them.'
  printf 'constexpr unsigned MAP_LOADS[] = {'
  llvm-readelf -r "$work/relay.o" | awk '/ flows$/ { print $1 }' | while read -r offset; do printf '%d, ' $((0x$offset / 8)); done
  echo '};'
  echo
  echo '}  // namespace relay'
} >"$work/bytecode.h"
if [ "${1:-}" = --check ]; then
  if [ "$(sed -n 2p bytecode.h)" != "$(sed -n 2p "$work/bytecode.h")" ]; then echo "made by another clang: not compared"; exit 0; fi
  cmp "$work/bytecode.h" bytecode.h
else
  cp "$work/bytecode.h" bytecode.h
fi
