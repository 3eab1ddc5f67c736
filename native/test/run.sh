#!/bin/sh
# Compiles every *_test.cpp with the plain C++ it tests (FOLDER_test.cpp or FOLDER_*_test.cpp: ../FOLDER/*.cpp without addon.cpp, and what
# the relay has of ../udp) under AddressSanitizer and UndefinedBehaviorSanitizer, and runs it. Arguments: names to run, default all.
# SANITIZE=thread: under ThreadSanitizer instead.
set -eu
cd "$(dirname "$0")"
sanitize=${SANITIZE:-address,undefined}
out=../build/test/$sanitize
rm -rf "$out"
mkdir -p "$out"
compile="${CXX:-g++} -std=c++17 -D_GNU_SOURCE -Wall -Wextra -Werror -g -O1 -fno-omit-frame-pointer -fsanitize=$sanitize -fno-sanitize-recover=all -I.."

# Each source once, whatever the number of tests.
objects() {
  folder=$1
  shift
  if [ ! -d "$out/$folder" ]; then
    mkdir "$out/$folder"
    for source in "$@" $(find "../$folder" -maxdepth 1 -name '*.cpp' ! -name addon.cpp 2>/dev/null | sort); do
      $compile -c -o "$out/$folder/$(basename "$source" .cpp).o" "$source"
    done
  fi
  find "$out/$folder" -name '*.o' | sort
}

failed=0
for test in ${*:-*_test.cpp}; do
  name=${test%.cpp}
  folder=${name%%_*}
  if [ "$folder" = relay ]; then linked=$(objects relay ../udp/sharing.cpp); else linked=$(objects "$folder"); fi
  # shellcheck disable=SC2086 -- a list of files
  $compile -o "$out/$name" "$test" $linked -lpthread
  if "$out/$name"; then echo "ok   $name"; else echo "FAIL $name"; failed=1; fi
done
exit $failed
