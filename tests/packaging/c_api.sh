#!/usr/bin/env bash
# The C header is C99, and libp5_c.so has the functions that it declares and no other symbol. A program in C uses it.
#   c_api.sh <source folder> <libp5_c.so> <scratch folder> <C compiler>
set -euo pipefail
source=$1 library=$2 scratch=$3 compiler=$4
mkdir -p "$scratch"
header=$source/include/p5/c_api.h
"$compiler" -fpreprocessed -E -P "$header" | grep -oE '\bp5_[a-z_]+\(' | tr -d '(' | sort -u >"$scratch/declared"
nm -D --defined-only "$library" | awk '{ print $3 }' | sort -u >"$scratch/defined"
diff -u "$scratch/declared" "$scratch/defined"

cat >"$scratch/program.c" <<'PROGRAM'
#include <p5/c_api.h>
#include <stdio.h>

int main(void) {
  char* answer = NULL;
  if (p5_c_api_version() != P5_C_API_VERSION) return 2;
  if (p5_run("sources", "{}", NULL, &answer) != P5_OK) return 3;
  puts(answer);
  p5_free_text(answer);
  answer = NULL;
  if (p5_run("stats", "{\"corpus\": \"/nowhere\"}", NULL, &answer) != P5_NOT_FOUND || answer != NULL) return 4;
  puts(p5_last_error());
  if (p5_run("sources", NULL, NULL, &answer) != P5_INVALID_ARGUMENT) return 5;
  puts(p5_last_error());
  return 0;
}
PROGRAM
"$compiler" -std=c99 -pedantic -Wall -Wextra -Werror -I"$source/include" "$scratch/program.c" "$library" \
  -Wl,-rpath,"$(dirname "$library")" -o "$scratch/program"
"$scratch/program" >"$scratch/output"
grep -q '"source": "item-knn"' "$scratch/output"
grep -q "^/nowhere: no such folder" "$scratch/output"
grep -q "^request: an argument is NULL" "$scratch/output"
