// Last.fm in three published forms: HetRec 2011 (user_artists.dat, artists.dat, tags.dat, user_taggedartists.dat), and
// Oscar Celma's listenings of 1K users (userid-timestamp-artid-artname-traid-traname.tsv) and counts of 360K users
// (usersha1-artmbid-artname-plays.tsv), with their profiles. Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// HetRec and 360K: an artist is an item, a user's artist one event "listen" without a time, with the number of plays;
// in HetRec an artist has the up to five tags that most users gave it as categories. 1K: a track is an item, named by
// its id or, without one, by artist and title; each listening is an event with a time.
class LastFmReader final : public DatasetReader {
 public:
  std::string format() const override { return "lastfm"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
