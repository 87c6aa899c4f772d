// The ratings-only tables of the Amazon releases: user,item,rating,time (2014), item,user,rating,time (2018) and
// user_id,parent_asin,rating,timestamp with a header (2023). Thread-safe.
#pragma once

#include <filesystem>

#include "records/record_sink.h"

namespace p5 {

// Whether the first lines are such a table. Cheap.
bool is_amazon_ratings(const std::filesystem::path& path);
// The first lines show which of the first two columns is the item: ASINs have ten letters or digits. Throws a
// data error when the columns cannot be told apart.
void read_amazon_ratings(const std::filesystem::path& path, RecordSink& sink);

}  // namespace p5
