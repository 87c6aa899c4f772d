test ! -e broken.csv.partial && test ! -e broken.csv.partial.json
