# Longer than two seconds, so that there is progress to print, and nowhere to print it.
(head -n 200 log.csv; sleep 3; tail -n +201 log.csv) | p5 import - --format csv --out c 2>&-
