// Uses the installed library like another project: includes every public header, links p5::p5, calls into it.
#include <iostream>

#include "every_header.h"

int main() {
  std::cout << "p5 " << p5::kVersion << "\n";
  const p5::Error error = p5::data_error("bad stars", {.where = "orders.csv:7", .expected = "1 to 5", .got = "9"});
  std::cout << error.what() << "\n";
  return p5::exit_code_of(error) == 3 ? 0 : 1;
}
