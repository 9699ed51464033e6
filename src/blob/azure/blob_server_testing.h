// A server that speaks Put Block and Put Block List over real sockets, as strictly as Azure, for tests.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "net/http_server_testing.h"

namespace rawhaul::azure {

// One container, `exports` of the account `devstoreaccount1`. Thread-safe.
class BlobServer {
 public:
  // A SAS with which everything here may be done, and its secret part as it is sent and as it is meant.
  static constexpr std::string_view kSas =
      "sv=2021-08-06&sr=c&sp=w&se=2030-01-01T00%3A00%3A00Z&sig=s3cret%2Bs1gnature%3D";
  static constexpr std::string_view kSignature = "s3cret+s1gnature=";

  BlobServer();

  std::string origin() const { return server_.origin(); }
  // `path`: what follows the container, "/a/b" or "".
  std::string container_url(std::string_view path = "") const;

  struct Blob {
    std::string bytes;
    std::string content_type;
  };
  std::optional<Blob> Find(const std::string& name) const;
  size_t blob_count() const;
  size_t staged_blocks(const std::string& name) const;
  std::vector<net::ServerRequest> requests() const { return server_.requests(); }
  void WaitForRequests(size_t count) const { server_.WaitForRequests(count); }

  // The next requests, one each, are answered thus and not carried out.
  void AnswerNext(std::vector<net::ServerAnswer> answers);
  // The next request is carried out, and its answer gets lost.
  void LoseNextAnswer();
  // The next block arrives with one bit turned over.
  void DamageNextBlock();
  // From now on no blob that is there may be written again, as under a policy of retention.
  void ForbidOverwriting();

 private:
  using Blocks = std::map<std::string, std::string>;  // by id
  struct Target;

  static const std::string* Find(const Blocks& blocks, const std::string& id);  // null: none
  net::ServerAnswer Answer(const net::ServerRequest& request);
  net::ServerAnswer CarryOut(const net::ServerRequest& request) RAWHAUL_REQUIRES(mutex_);
  net::ServerAnswer PutBlock(const net::ServerRequest& request, const Target& target)
      RAWHAUL_REQUIRES(mutex_);
  net::ServerAnswer PutBlockList(const net::ServerRequest& request, const Target& target)
      RAWHAUL_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Blocks> staged_ RAWHAUL_GUARDED_BY(mutex_);
  std::map<std::string, Blocks> committed_ RAWHAUL_GUARDED_BY(mutex_);
  std::map<std::string, Blob> blobs_ RAWHAUL_GUARDED_BY(mutex_);
  std::deque<net::ServerAnswer> answers_ RAWHAUL_GUARDED_BY(mutex_);
  bool lose_answer_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool damage_block_ RAWHAUL_GUARDED_BY(mutex_) = false;
  bool overwriting_forbidden_ RAWHAUL_GUARDED_BY(mutex_) = false;

  net::HttpTestServer server_;  // last: it serves from its construction to its destruction
};

// An error as Azure words it.
net::ServerAnswer ErrorAnswer(int status, std::string_view code, std::string_view message = "It failed.");

}  // namespace rawhaul::azure
