"""What `vwr init --for nginx` writes for the compose file; as a module, it is written anew."""

from tests.support.servers import ROOT
from vwr_middleware.serve.proxy_configuration import proxy_configuration
from vwr_middleware.serve.settings_file import read_given

COMPOSE = ROOT / "examples" / "compose" / "compose.yml"
NGINX = COMPOSE.parent / "nginx.conf"
SETTINGS = COMPOSE.parent / "vwr.toml"


def nginx_of_compose() -> str:
    """nginx's configuration as it must be: at a port for which it needs no rights."""
    settings = read_given(SETTINGS, {"VWR_SECRET_KEY": "a key for an example"}).settings()
    text = proxy_configuration("nginx", settings, room_service="room:8090", app="shop:3000")
    return text.replace("listen 80;", "listen 8080;")


if __name__ == "__main__":
    NGINX.write_text(nginx_of_compose())
