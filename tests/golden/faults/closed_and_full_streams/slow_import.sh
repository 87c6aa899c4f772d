# slow_import.sh: takes longer than two seconds, so that there is progress to print.
(head -n 200 log.csv; sleep 3; tail -n +201 log.csv) | p5 import - --format csv --out c 2>&-
