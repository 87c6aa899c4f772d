#include "serve/static_files.h"

#include <memory>
#include <string>

#include "serve/console_files.h"

namespace p5 {
namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct StaticFile {
  const char* path;  // of the URL
  const char* name;  // of console_files()
  const char* type;
};

constexpr StaticFile kFiles[] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/console.js", "console.js", "text/javascript; charset=utf-8"},
    {"/console.css", "console.css", "text/css; charset=utf-8"},
    {"/openapi.json", "openapi.json", "application/json"},
};

HttpResponse response_of(const StaticFile& file) {
  const auto found = console_files().find(file.name);
  if (found == console_files().end()) {
    return {.status = 404,
            .body = "This p5 was built without its console (esbuild was missing). The API is at /api/v1.\n",
            .content_type = "text/plain; charset=utf-8"};
  }
  return {.body = std::string(found->second),
          .content_type = file.type,
          .headers = {
              {"Content-Security-Policy", kPolicy}, {"Referrer-Policy", "no-referrer"}, {"Cache-Control", "no-cache"}}};
}

}  // namespace

void add_static_files(Router& router) {
  for (const StaticFile& file : kFiles) {
    router.add("GET", file.path,
               [response = std::make_shared<const HttpResponse>(response_of(file))](const ApiCall& call) {
                 call.reply(*response);
               });
  }
}

}  // namespace p5
