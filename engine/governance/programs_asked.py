"""The table of programs that are asked about whatever their words are."""

from __future__ import annotations

from collections.abc import Iterator

from engine.governance.rules import Finding, finding
from engine.governance.scene import Handler, Scene
from engine.governance.shell_values import Command


def breaking(rule: str) -> Handler:
    """A program that breaks `rule` whatever it is told."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        del scene
        yield finding(rule, command.text)

    return judge


def _version_or(rule: str) -> Handler:
    """Only the version of the program itself is no breach."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        del scene
        if command.arguments[:1] != ("version",) or "--client" not in command.options:
            yield finding(rule, command.text)

    return judge


def _asking(rule: str, names: str) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), breaking(rule))


ASKED: dict[str, Handler] = {
    "kubectl": _version_or("network"),
    **_asking(
        "network",
        """wget ssh scp sftp nc ncat netcat socat telnet ftp tftp lftp dig nslookup host ping
        ping6 traceroute tracepath mtr whois nmap masscan http https httpie xh aria2c axel
        rclone rsh rlogin mosh autossh sshpass sshfs docker-compose aws gcloud
        gsutil az gh glab hub doctl pulumi ansible ansible-playbook heroku vercel
        netlify fly flyctl firebase wrangler ngrok cloudflared tailscale mail mailx sendmail
        mutt msmtp swaks lynx links w3m elinks psql mysql mongosh mongo redis-cli sqlcmd
        websocat grpcurl openvpn wg tcpdump tshark ssh-copy-id ssh-keyscan iptables nft ip
        ifconfig route arp ss netstat git-remote-https svn hg bzr smbclient ldapsearch snmpwalk
        transmission-cli youtube-dl yt-dlp tor hping3 iperf iperf3 ncftp rpcclient finger irssi
        curlie wget2""",
    ),
    **_asking(
        "privilege",
        """su chroot unshare nsenter runuser pkexec mount umount chown chgrp setcap setfacl chattr
        setenforce passwd chpasswd useradd userdel usermod groupadd groupmod gpasswd visudo vipw
        newgrp sg insmod rmmod modprobe kexec sysctl nerdctl lxc lxd systemd-run
        machinectl losetup cryptsetup hostnamectl timedatectl capsh ldconfig update-alternatives
        setpriv newuidmap bwrap firejail aa-disable apparmor_parser""",
    ),
    **_asking(
        "persistence",
        """crontab at batch systemctl service launchctl update-rc.d chkconfig rc-update initctl
        ssh-keygen ssh-add ssh-agent xdg-autostart loginctl chsh chfn gpg gpg2 keyctl""",
    ),
    **_asking(
        "process-control",
        """pkill killall killall5 skill xkill fuser gdb lldb strace ltrace ptrace perf
        bpftrace reptyr renice prlimit gcore""",
    ),
    **_asking("shutdown", "shutdown reboot halt poweroff init telinit"),
    **_asking("destroy-disk", "mkfs fdisk sfdisk parted gparted wipefs mkswap blkdiscard hdparm"),
    **_asking("disk", "fallocate swapon swapoff lvremove vgremove pvremove mdadm zpool zfs btrfs"),
    **_asking("resource-abuse", "stress stress-ng"),
    **_asking("publish", "twine flit vsce npm-publish goreleaser semantic-release ghr"),
    **_asking(
        "package-install",
        """uvx pipx bunx dlx easy_install virtualenv-clone nix nix-env nix-shell guix port snap
        flatpak asdf mise rustup nvm pyenv rbenv sdk pod luarocks cpan cpanm opam cabal
        vcpkg conan helm-install degit cookiecutter copier""",
    ),
    **_asking(
        "interactive",
        """vi vim nvim view ex ed emacs nano pico most man info screen tmux byobu
        htop ipython bpython ftp gdbtui dialog whiptail expect zellij joe micro rvim vimdiff""",
    ),
    **_asking(
        "shell-environment", "alias unalias enable hash-p complete compgen bind patchelf logger"
    ),
    **_asking(
        "read-secret",
        """history fc security secret-tool pass op vault bw keepassxc-cli gnome-keyring getent
        journalctl dmesg last lastlog who w loginctl lsof xclip xsel pbpaste import scrot""",
    ),
}
