#include "cli/verb.h"

int main(int argc, char** argv) { return p5::cli::run_command_line(argc, argv); }
