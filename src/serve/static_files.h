// The files that a browser gets: the console at "/" and the description of the API at "/openapi.json". They are part of
// the program; nothing is fetched from another host. Thread-safe.
#pragma once

#include "serve/router.h"

namespace p5 {

// Where p5 was built without the console, it is answered with 404 and a sentence.
void add_static_files(Router& router);

}  // namespace p5
