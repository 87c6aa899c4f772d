# long_line_then_short.sh: the same log with a line after it that can be used.
sh long_line.sh
printf '\nann,b\n'
