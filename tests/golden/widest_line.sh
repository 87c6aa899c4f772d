# widest_line.sh <command...>: the columns of the widest line that the command prints, as JSON.
"$@" | awk '{ if (length($0) > most) most = length($0) } END { printf "{\"columns\": %d}\n", most }'
