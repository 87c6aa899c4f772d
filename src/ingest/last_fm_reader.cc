#include "ingest/last_fm_reader.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ingest/field_lines.h"
#include "p5/error.h"
#include "records/field_parsing.h"
#include "records/input_files.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Cells = std::vector<std::string_view>;

enum class LastFmKind { kTags, kTagged, kArtists, kCounts, kListenings, kPlays, kProfiles, kOther };

bool has_header(const std::vector<std::string>& fields, std::initializer_list<std::string_view> names) {
  return fields.size() >= names.size() && std::equal(names.begin(), names.end(), fields.begin());
}

LastFmKind last_fm_kind_of(const fs::path& path) {
  if (!has_extension(path, {".dat", ".tsv"})) return LastFmKind::kOther;
  const auto fields = first_fields(path, '\t');
  if (has_header(fields, {"userID", "artistID", "weight"})) return LastFmKind::kCounts;
  if (has_header(fields, {"id", "name", "url", "pictureURL"})) return LastFmKind::kArtists;
  if (has_header(fields, {"tagID", "tagValue"})) return LastFmKind::kTags;
  if (has_header(fields, {"userID", "artistID", "tagID", "day"})) return LastFmKind::kTagged;
  if (data_name(path).find("profile") != std::string::npos && fields.size() == 5) return LastFmKind::kProfiles;
  if (fields.size() == 6 && fields[0].starts_with("user_") && parse_time(fields[1], TimeUnit::kIso)) {
    return LastFmKind::kListenings;
  }
  constexpr std::size_t kSha1 = 40;
  if (fields.size() == 4 && fields[0].size() == kSha1 && parse_integer(fields[3])) return LastFmKind::kPlays;
  return LastFmKind::kOther;
}

bool is_last_fm(const fs::path& path) { return last_fm_kind_of(path) != LastFmKind::kOther; }

class LastFmFiles {
 public:
  explicit LastFmFiles(RecordSink& sink) : sink_(sink) {}

  void read_tags(const fs::path& path) {
    FieldLines lines(path, '\t', 2, sink_, TextEncoding::kUtf8OrLatin1);
    skip_header(lines, {.roles = {{"tag", "tagID"}, {"category", "tagValue"}}});
    while (lines.next(cells_)) tag_names_[std::string(cells_[0])] = cells_[1];
  }

  // user, artist, tag, day, month, year: one line per user that gave the tag.
  void read_tagged(const fs::path& path) {
    FieldLines lines(path, '\t', 6, sink_, TextEncoding::kUtf8OrLatin1);
    skip_header(lines, {.roles = {{"key", "artistID"}, {"tag", "tagID"}}, .ignored = {"day, month, year"}});
    while (lines.next(cells_)) ++taggers_[std::string(cells_[1])][std::string(cells_[2])];
  }

  void read_artists(const fs::path& path) {
    FieldLines lines(path, '\t', 4, sink_, TextEncoding::kUtf8OrLatin1);
    skip_header(lines, {.roles = {{"key", "id"}, {"title", "name"}}, .attributes = {"url"}, .ignored = {"pictureURL"}});
    while (lines.next(cells_)) {
      if (cells_[0].empty()) {
        lines.bad("item: expected an id", cells_[1]);
        continue;
      }
      ItemRecord artist{.key = std::string(cells_[0]), .title = std::string(cells_[1])};
      artist.categories = tags_of(artist.key);
      if (!cells_[2].empty()) artist.attributes.push_back({"url", std::string(cells_[2])});
      sink_.item(artist);
    }
  }

  void read_counts(const fs::path& path) {
    FieldLines lines(path, '\t', 3, sink_, TextEncoding::kUtf8OrLatin1);
    skip_header(lines, {.roles = {{"user", "userID"}, {"item", "artistID"}}, .attributes = {"weight (as plays)"}});
    while (lines.next(cells_)) take_count(lines, cells_[1], cells_[2]);
  }

  // user, artist's MusicBrainz id (may be empty), artist's name, plays
  void read_plays(const fs::path& path) {
    FieldLines lines(path, '\t', 4, sink_);
    sink_.use_columns({.roles = {{"user", "column 1"}, {"item", "column 2, or 3"}, {"title", "column 3"}},
                       .attributes = {"plays (column 4)"}});
    while (lines.next(cells_)) {
      const std::string_view key = cells_[1].empty() ? cells_[2] : cells_[1];
      if (!take_count(lines, key, cells_[3]) || !given_.is_new(key)) continue;
      ItemRecord artist{.key = std::string(key), .title = std::string(cells_[2])};
      sink_.item(artist);
    }
  }

  // user, time, artist's id, artist's name, track's id, track's name; ids may be empty
  void read_listenings(const fs::path& path) {
    FieldLines lines(path, '\t', 6, sink_);
    sink_.use_columns({.roles = {{"user", "column 1"},
                                 {"time", "column 2"},
                                 {"item", "column 5, or 4 and 6"},
                                 {"brand", "column 4"},
                                 {"title", "column 6"}}});
    while (lines.next(cells_)) take_listening(lines);
  }

  void read_profiles(const fs::path& path) {
    FieldLines lines(path, '\t', 5, sink_);
    sink_.use_columns(
        {.roles = {{"key", "column 1"}}, .attributes = {"gender, age, country, registered (columns 2 to 5)"}});
    static constexpr const char* kNames[] = {"gender", "age", "country", "registered"};
    while (lines.next(cells_)) {
      if (cells_[0].empty() || cells_[0].starts_with('#')) continue;  // the header of 1K
      UserRecord user{.key = std::string(cells_[0])};
      for (std::size_t i = 0; i < std::size(kNames); ++i) {
        if (!cells_[i + 1].empty()) user.attributes.push_back({kNames[i], std::string(cells_[i + 1])});
      }
      sink_.user(user);
    }
  }

 private:
  void skip_header(FieldLines& lines, const ColumnUse& use) {
    sink_.use_columns(use);
    lines.next(cells_);
  }

  bool take_count(FieldLines& lines, std::string_view item, std::string_view plays) {
    const auto count = parse_integer(plays);
    const char* reason = cells_[0].empty()      ? "user: expected a text"
                         : item.empty()         ? "item: expected a text"
                         : !count || *count < 0 ? "plays: expected a whole number"
                                                : nullptr;
    if (reason != nullptr) {
      lines.bad(reason, plays);
      return false;
    }
    Interaction event{.user = std::string(cells_[0]), .item = std::string(item), .event = "listen"};
    event.attributes.push_back({"plays", static_cast<double>(*count)});
    sink_.interaction(event);
    return true;
  }

  void take_listening(FieldLines& lines) {
    const auto time = parse_time(cells_[1], TimeUnit::kIso);
    if (!time) return lines.bad("time: expected a time such as 2009-05-04T23:08:57Z", cells_[1]);
    if (cells_[0].empty()) return lines.bad("user: expected a text", cells_[0]);
    if (cells_[5].empty()) return lines.bad("item: expected a track", cells_[5]);
    const std::string key =
        cells_[4].empty() ? std::string(cells_[3]) + " - " + std::string(cells_[5]) : std::string(cells_[4]);
    if (given_.is_new(key)) {
      ItemRecord track{.key = key, .title = std::string(cells_[5]), .brand = std::string(cells_[3])};
      sink_.item(track);
    }
    Interaction event{.user = std::string(cells_[0]), .item = key, .time_ms = *time, .event = "listen"};
    sink_.interaction(event);
  }

  // The tags that most users gave, equal ones by their ids; the read order of the files does not matter for them.
  std::vector<std::string> tags_of(const std::string& artist) const {
    constexpr std::size_t kTags = 5;
    std::vector<std::pair<std::uint32_t, std::string>> counted;
    const auto found = taggers_.find(artist);
    if (found == taggers_.end()) return {};
    for (const auto& [tag, count] : found->second) counted.emplace_back(count, tag);
    std::stable_sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> names;
    for (const auto& [count, tag] : counted) {
      const auto name = tag_names_.find(tag);
      if (name != tag_names_.end() && names.size() < kTags) names.push_back(name->second);
    }
    return names;
  }

  RecordSink& sink_;
  Cells cells_;
  RecentKeys given_;
  std::unordered_map<std::string, std::string> tag_names_;
  std::unordered_map<std::string, std::map<std::string, std::uint32_t>> taggers_;  // artist, tag, users that gave it
};

}  // namespace

bool LastFmReader::recognizes(const std::vector<fs::path>& inputs) const {
  const auto files = matching_files(inputs, is_last_fm);
  return std::any_of(files.begin(), files.end(), [](const fs::path& path) {
    const LastFmKind kind = last_fm_kind_of(path);
    return kind == LastFmKind::kCounts || kind == LastFmKind::kListenings || kind == LastFmKind::kPlays;
  });
}

void LastFmReader::read(const std::vector<fs::path>& inputs, RecordSink& sink) const {
  using Read = void (LastFmFiles::*)(const fs::path&);
  // In this order, whatever that of the files: artists are told with their tags.
  static constexpr std::pair<LastFmKind, Read> kOrder[] = {{LastFmKind::kTags, &LastFmFiles::read_tags},
                                                           {LastFmKind::kTagged, &LastFmFiles::read_tagged},
                                                           {LastFmKind::kArtists, &LastFmFiles::read_artists},
                                                           {LastFmKind::kProfiles, &LastFmFiles::read_profiles},
                                                           {LastFmKind::kCounts, &LastFmFiles::read_counts},
                                                           {LastFmKind::kPlays, &LastFmFiles::read_plays},
                                                           {LastFmKind::kListenings, &LastFmFiles::read_listenings}};
  std::vector<std::pair<fs::path, LastFmKind>> files;
  for (const auto& path : expand_inputs(inputs, is_last_fm, "files of Last.fm (HetRec 2011, 1K users, 360K users)")) {
    files.emplace_back(path, last_fm_kind_of(path));
    if (files.back().second != LastFmKind::kOther) continue;
    throw data_error("this is no file of Last.fm that p5 reads",
                     {.where = path.string(), .expected = "a file of HetRec 2011, of 1K users or of 360K users"});
  }
  LastFmFiles reader(sink);
  for (const auto& [kind, read] : kOrder) {
    for (const auto& [path, found] : files) {
      if (found == kind) (reader.*read)(path);
    }
  }
}

}  // namespace p5
