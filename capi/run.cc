// The version, errors, and the verbs of the program.
#include <cstdlib>
#include <string>

#include "capi/guard.h"
#include "capi/work.h"
#include "p5/c_api.h"
#include "p5/json_calls.h"
#include "p5/version.h"

using p5::capi::copied;
using p5::capi::guarded;
using p5::capi::require;

extern "C" {

int p5_c_api_version(void) { return P5_C_API_VERSION; }
const char* p5_version(void) { return p5::kVersion.data(); }
const char* p5_last_error(void) { return p5::capi::last_error(); }
void p5_free_text(char* text) { std::free(text); }

int p5_run(const char* verb, const char* request, const p5_work* work, char** answer) {
  return guarded([&] {
    require(verb, "verb");
    require(request, "request");
    require(answer, "answer");
    const p5::capi::Work scope(work);
    *answer = copied(p5::run_json(verb, request, scope.stop()));
  });
}

}  // extern "C"
