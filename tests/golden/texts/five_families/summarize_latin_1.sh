# summarize_latin_1.sh: a review that is not UTF-8.
p5 summarize run --text "$(printf 'caf\351 \377')" --json
