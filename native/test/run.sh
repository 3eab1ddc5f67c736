#!/bin/sh
# Compiles every *_test.cpp with the plain C++ it tests (FOLDER_test.cpp or FOLDER_*_test.cpp: ../FOLDER/*.cpp without addon.cpp)
# under AddressSanitizer and UndefinedBehaviorSanitizer, and runs it. Arguments: names to run, default all.
set -eu
cd "$(dirname "$0")"
out=../build/test
mkdir -p "$out"
failed=0
for test in ${*:-*_test.cpp}; do
  name=${test%.cpp}
  folder=${name%%_*}
  sources=$(find "../$folder" -maxdepth 1 -name '*.cpp' ! -name addon.cpp | sort)
  # shellcheck disable=SC2086 -- a list of files
  ${CXX:-g++} -std=c++17 -D_GNU_SOURCE -Wall -Wextra -Werror -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined -I.. -o "$out/$name" "$test" $sources -lpthread
  if "$out/$name"; then echo "ok   $name"; else echo "FAIL $name"; failed=1; fi
done
exit $failed
