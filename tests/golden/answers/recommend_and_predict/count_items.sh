# count_items.sh <count>: succeeds when the table for people names this many different items.
test "$(p5 recommend run --user u0 -k 20 | awk '/^ *[0-9]+ / { print $3 }' | sort -u | wc -l)" = "$1"
