# linked.sh: names the libraries that the program is linked with.
ldd "$(command -v p5)" | awk '{ print $1 }'
