// What p5 serve and p5 demo --serve do in the end.
#pragma once

#include <map>
#include <string>

#include "serve/serve_options.h"
#include "serve/served_model.h"

namespace p5::cli {

// Serves the runs, by name, until the process is told to stop, and says on stdout where. SIGHUP loads them again.
// Returns the exit code. Throws as RecommendationServer.
int serve_until_stopped(const ServeOptions& options, std::map<std::string, std::string> runs,
                        const std::string& default_name, const ServedModelOptions& of_models);

}  // namespace p5::cli
