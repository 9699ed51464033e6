// The factory of a running server: Azure Blob Storage, and directories where the policy allows them.
#pragma once

#include <memory>

#include "base/retry_timer.h"
#include "base/time.h"
#include "blob/container.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rawhaul {

// `client`, `timer` and `clock` must outlive the factory and its containers.
std::unique_ptr<ContainerFactory> MakeContainerFactory(DestinationPolicy policy, net::HttpClient& client,
                                                       const net::RetryPolicy& retry, RetryTimer& timer,
                                                       const Clock& clock);

}  // namespace rawhaul
