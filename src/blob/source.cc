#include "blob/source.h"

#include <utility>

#include "blob/azure/azure_source.h"
#include "blob/azure/sas.h"
#include "blob/directory/directory_url.h"
#include "blob/directory/file_source.h"
#include "blob/reasons.h"

namespace rawhaul {
namespace {

class PolicedSourceFactory final : public BlobSourceFactory {
 public:
  PolicedSourceFactory(DestinationPolicy policy, net::HttpClient& client, const net::RetryPolicy& retry,
                       RetryTimer& timer, const Clock& clock)
      : policy_(std::move(policy)), client_(client), retry_(retry), timer_(timer), clock_(clock) {}

  Result<std::unique_ptr<BlobSource>> Open(const Secret& storage_url) override {
    auto source = OpenAllowed(storage_url);
    // The policy and directories speak of containers.
    if (!source && source.error().reason == reason::kInvalidContainerUrl)
      source.error().reason = reason::kInvalidStorageUrl;
    return source;
  }

 private:
  Result<std::unique_ptr<BlobSource>> OpenAllowed(const Secret& storage_url) {
    RAWHAUL_ASSIGN(const DestinationPolicy::Grounds grounds, policy_.Check(storage_url));
    if (directory::IsDirectoryUrl(storage_url.Reveal())) {
      RAWHAUL_ASSIGN(const auto path, directory::ParseDirectoryUrl(storage_url.Reveal()));
      return directory::MakeSource(path);
    }
    RAWHAUL_ASSIGN(auto address, azure::ParseBlobUrl(storage_url, clock_.Now()));
    if (grounds == DestinationPolicy::Grounds::kListed) address.reach = net::Reach::kAnyAddress;
    return azure::MakeSource(std::move(address), client_, retry_, timer_);
  }

  const DestinationPolicy policy_;
  net::HttpClient& client_;
  const net::RetryPolicy retry_;
  RetryTimer& timer_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<BlobSourceFactory> MakeBlobSourceFactory(DestinationPolicy policy, net::HttpClient& client,
                                                         const net::RetryPolicy& retry, RetryTimer& timer,
                                                         const Clock& clock) {
  return std::make_unique<PolicedSourceFactory>(std::move(policy), client, retry, timer, clock);
}

}  // namespace rawhaul
