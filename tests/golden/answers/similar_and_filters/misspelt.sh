# A key of the catalogue with one letter more.
exec p5 similar run --item "$(head -n 1 keys.txt)x"
