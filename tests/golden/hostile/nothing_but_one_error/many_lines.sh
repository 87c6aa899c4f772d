# many_lines.sh: 200000 lines, packed.
yes u,i,3,100 | head -n 200000 | gzip
