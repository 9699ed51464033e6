#include "blob/storage.h"

#include <utility>

#include "blob/reasons.h"
#include "blob/url_checks.h"

namespace rawhaul {
namespace {

class Containers final : public ContainerFactory {
 public:
  Containers(DestinationPolicy policy, const StorageEnvironment& environment)
      : policy_(std::move(policy)), environment_(environment) {}

  Result<std::unique_ptr<Container>> Open(const Secret& container_url) override {
    const Secret url = TidyUrl(container_url);
    RAWHAUL_ASSIGN(const Grounds grounds, policy_.Check(url));
    return SchemeOf(url).OpenContainer(url, grounds, environment_);
  }

  Result<std::string> PlaceOf(const Secret& container_url) override {
    const Secret url = TidyUrl(container_url);
    return SchemeOf(url).PlaceOf(url);
  }

 private:
  const DestinationPolicy policy_;
  const StorageEnvironment environment_;
};

class Sources final : public BlobSourceFactory {
 public:
  Sources(DestinationPolicy policy, const StorageEnvironment& environment)
      : policy_(std::move(policy)), environment_(environment) {}

  Result<std::unique_ptr<BlobSource>> Open(const Secret& storage_url) override {
    auto source = OpenAllowed(TidyUrl(storage_url));
    // The policy and directories speak of containers.
    if (!source && source.error().reason == reason::kInvalidContainerUrl)
      source.error().reason = reason::kInvalidStorageUrl;
    return source;
  }

 private:
  Result<std::unique_ptr<BlobSource>> OpenAllowed(const Secret& url) {
    RAWHAUL_ASSIGN(const Grounds grounds, policy_.Check(url));
    return SchemeOf(url).OpenSource(url, grounds, environment_);
  }

  const DestinationPolicy policy_;
  const StorageEnvironment environment_;
};

}  // namespace

std::unique_ptr<ContainerFactory> MakeContainerFactory(DestinationPolicy policy,
                                                       const StorageEnvironment& environment) {
  return std::make_unique<Containers>(std::move(policy), environment);
}

std::unique_ptr<BlobSourceFactory> MakeBlobSourceFactory(DestinationPolicy policy,
                                                         const StorageEnvironment& environment) {
  return std::make_unique<Sources>(std::move(policy), environment);
}

}  // namespace rawhaul
