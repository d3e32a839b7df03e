# Writes the marked C++ blocks of a Markdown page to FOLDER/NAME_N.cpp and prints "NAME_N MARK" for each. A block
# without a main function becomes the body of one; its #include lines go before.
function finish(   file) {
  file = folder "/" name "_" ++count ".cpp"
  printf "%s", includes > file
  if (body ~ /int main\(/) printf "%s", body > file
  else printf "\nint main() {\n%s}\n", body > file
  close(file)
  print name "_" count " " mark
}
BEGIN { system("mkdir -p '" folder "'") }
/^```cpp (runnable|compiled)[ \t]*$/ { mark = $2; inside = 1; includes = ""; body = ""; next }
/^```/ { if (inside) finish(); inside = 0; next }
inside && /^#include/ { includes = includes $0 "\n"; next }
inside { body = body $0 "\n" }
