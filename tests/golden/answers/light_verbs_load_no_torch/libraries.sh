# libraries.sh <command...>: names the files of the libraries that the dynamic loader opens for a command.
LD_DEBUG=files "$@" 2>&1 | sed -n 's/.*file=\([^ ]*\) .*/\1/p'
