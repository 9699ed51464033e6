// TLS as a server speaks it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "http/server.h"

namespace rawhaul::http {

// TLS 1.2 and later. kInvalidArgument, with the file's name, for a certificate or key that cannot be used.
Result<std::unique_ptr<boost::asio::ssl::context>> LoadTls(const ServerOptions::Tls& files);

}  // namespace rawhaul::http
