#include "blob/container_factory.h"

#include <utility>

#include "blob/azure/azure_container.h"
#include "blob/azure/sas.h"
#include "blob/directory/directory_container.h"
#include "blob/directory/directory_url.h"

namespace rawhaul {
namespace {

class PolicedFactory final : public ContainerFactory {
 public:
  PolicedFactory(DestinationPolicy policy, net::HttpClient& client, const net::RetryPolicy& retry,
                 RetryTimer& timer, const Clock& clock)
      : policy_(std::move(policy)), client_(client), retry_(retry), timer_(timer), clock_(clock) {}

  Result<std::unique_ptr<Container>> Open(const Secret& container_url) override {
    RAWHAUL_ASSIGN(const DestinationPolicy::Grounds grounds, policy_.Check(container_url));
    if (directory::IsDirectoryUrl(container_url.Reveal())) {
      RAWHAUL_ASSIGN(const auto path, directory::ParseDirectoryUrl(container_url.Reveal()));
      return directory::MakeContainer(path);
    }
    RAWHAUL_ASSIGN(auto address, azure::ParseContainerUrl(container_url, clock_.Now()));
    if (grounds == DestinationPolicy::Grounds::kListed) address.reach = net::Reach::kAnyAddress;
    return azure::MakeContainer(std::move(address), client_, retry_, timer_);
  }

  Result<std::string> PlaceOf(const Secret& container_url) override {
    if (directory::IsDirectoryUrl(container_url.Reveal())) {
      RAWHAUL_ASSIGN(const auto path, directory::ParseDirectoryUrl(container_url.Reveal()));
      return path.lexically_normal().string();
    }
    RAWHAUL_ASSIGN(const auto address, azure::LocateContainer(container_url));
    return address.url + "/" + address.prefix;
  }

 private:
  const DestinationPolicy policy_;
  net::HttpClient& client_;
  const net::RetryPolicy retry_;
  RetryTimer& timer_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<ContainerFactory> MakeContainerFactory(DestinationPolicy policy, net::HttpClient& client,
                                                       const net::RetryPolicy& retry, RetryTimer& timer,
                                                       const Clock& clock) {
  return std::make_unique<PolicedFactory>(std::move(policy), client, retry, timer, clock);
}

}  // namespace rawhaul
