# Shared by the scripts in this folder; sourced, never run. Sets `root`, and defines how to configure and build.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# The comment at the top of the calling script is its help.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# The environment variables of scripts/test and scripts/demo; see their help.
preset=${P5_PRESET:-release}
jobs=${P5_JOBS:-$(nproc)}
build_folder=$root/build/$preset

install_packages() {
  local flags=()
  [[ -n ${P5_LIBTORCH:-} || $preset == tsan ]] && flags+=(--no-torch)
  [[ -n ${P5_PREFIX:-} ]] && flags+=(--prefix "$P5_PREFIX")
  "$root/scripts/setup" ${flags[@]+"${flags[@]}"}
}

# Configures with the flags of the environment; Ninja itself reconfigures when a CMake file changes.
configure() {
  local flags=()
  [[ -n ${P5_PREFIX:-} && -f $P5_PREFIX/toolchain.cmake ]] &&
    flags+=("-DCMAKE_TOOLCHAIN_FILE=$(cd "$P5_PREFIX" && pwd)/toolchain.cmake")
  [[ -n ${P5_LIBTORCH:-} ]] && flags+=("-DCMAKE_PREFIX_PATH=$P5_LIBTORCH")
  # shellcheck disable=SC2206  # the variable holds several words on purpose
  flags+=(${P5_CMAKE_FLAGS:-})
  (cd "$root" && cmake --preset "$preset" ${flags[@]+"${flags[@]}"})
}

build() {  # [targets]
  local targets=()
  (($#)) && targets=(--target "$@")
  cmake --build "$build_folder" --parallel "$jobs" ${targets[@]+"${targets[@]}"}
}
