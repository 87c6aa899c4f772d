# adds_up.sh <count> <file> <file>: both files have items, and together so many.
one=$(grep -c '"score":' "$2") two=$(grep -c '"score":' "$3")
test "$one" -gt 0 && test "$two" -gt 0 && test $((one + two)) -eq "$1"
