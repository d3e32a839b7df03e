# Writes the marked blocks of a Markdown page, cpp and cuda, to FOLDER/NAME_N.cpp or .cu and prints "NAME_N MARK FILE" for
# each. A block without a main function becomes the body of one; its #include lines go before.
function finish(   file) {
  file = folder "/" name "_" ++count (language == "cuda" ? ".cu" : ".cpp")
  printf "%s", includes > file
  if (body ~ /int main\(/) printf "%s", body > file
  else printf "\nint main() {\n%s}\n", body > file
  close(file)
  print name "_" count " " mark " " file
}
BEGIN { system("mkdir -p '" folder "'") }
/^```(cpp|cuda) (runnable|compiled)[ \t]*$/ { language = substr($1, 4); mark = $2; inside = 1; includes = ""; body = ""; next }
/^```/ { if (inside) finish(); inside = 0; next }
inside && /^#include/ { includes = includes $0 "\n"; next }
inside { body = body $0 "\n" }
