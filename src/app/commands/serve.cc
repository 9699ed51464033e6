#include "app/serve.h"

#include "app/commands/commands.h"
#include "app/config.h"
#include "app/data_directory.h"

namespace rawhaul {
namespace {

struct ServeOptions {
  std::string data;
  std::string config;
  std::string listen;
  std::string tls_certificate;
  std::string tls_key;
  bool accept_clock = false;
};

Status ServeCommand(const ServeOptions& options) {
  Config config;
  if (!options.config.empty()) {
    RAWHAUL_ASSIGN(config, LoadConfig(options.config));
  }
  if (!options.listen.empty()) RAWHAUL_TRY(ParseListen(options.listen, config.http));
  if (!options.tls_certificate.empty()) config.http.tls = {options.tls_certificate, options.tls_key};
  config.accept_clock = options.accept_clock;
  return Serve(DataDirectory(options.data), config);
}

}  // namespace

void AddServe(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("serve", "Collect and export until stopped");
  const auto options = std::make_shared<ServeOptions>();
  AddData(*command, options->data);
  command->add_option("--config", options->config, "Configuration, TOML")->type_name("FILE");
  command->add_option("--listen", options->listen, "Address to listen on, 127.0.0.1:8080 by default")
      ->type_name("ADDR:PORT");
  CLI::Option* certificate =
      command->add_option("--tls-cert", options->tls_certificate, "Certificate chain, PEM")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--tls-key", options->tls_key, "Private key, PEM")->type_name("FILE");
  command->add_flag("--accept-clock", options->accept_clock,
                    "Go by the system's clock, though it says another time than the last server had");
  certificate->needs(key);
  key->needs(certificate);
  SetExample(
      *command,
      "rawhaul serve --data /var/lib/rawhaul --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem");
  OnCommand(*command, action, options, ServeCommand);
}

}  // namespace rawhaul
